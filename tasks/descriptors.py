"""How many sockets this process may hold open at once."""

import resource

OTHER_DESCRIPTORS = 256  #: Files and connections that a process has beside those of its clients.


def allow_descriptors(clients: int) -> None:
    """Raise this process's own limit so far that each client can have its socket, if the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = clients + OTHER_DESCRIPTORS
    if resource.RLIM_INFINITY not in (soft, hard):
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
