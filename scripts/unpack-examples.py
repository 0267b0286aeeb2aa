"""Unpacks examples/ of source distributions: FOLDER/Pyro4-4.82.tar.gz to TARGET/pyro4, and so on."""

import pathlib
import sys
import tarfile

fetched, target = map(pathlib.Path, sys.argv[1:])
for archive in fetched.glob("*.tar.gz"):
    project = archive.name.split("-")[0].lower()
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            parts = pathlib.PurePosixPath(member.name).parts[1:]
            if member.isfile() and parts[:1] == ("examples",) and ".." not in parts:
                path = target.joinpath(project, *parts[1:])
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(tar.extractfile(member).read())
