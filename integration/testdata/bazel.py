"""Runs the rule of pipelines/bazel/defs.bzl with a context as Bazel makes it: Starlark is a part of Python.

Its arguments are the file, the target, and a folder for each image. It prints the script that "bazel run" starts.
"""

import sys
from types import SimpleNamespace as Any

bzl, target, *layouts = sys.argv[1:]
written = []
attr = Any(label_list=lambda **_: None, string=lambda **_: None)
environment = {"attr": attr, "rule": lambda implementation, **_: implementation, "DefaultInfo": lambda **values: values}
exec(open(bzl).read(), environment)


class Image(dict):
    """A target, as the attribute images has it."""

    def __init__(self, path):
        file = Any(short_path=path)
        super().__init__({environment["DefaultInfo"]: Any(files=Any(to_list=lambda: [file]))})


environment["push_images"](
    Any(
        label=Any(name="push"),
        attr=Any(target=target, images=[Image(path) for path in layouts]),
        actions=Any(declare_file=lambda name: name, write=lambda output, content, is_executable: written.append(content)),
        runfiles=lambda files: files,
    )
)
print(written[0])
