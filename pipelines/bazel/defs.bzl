"""Pushes images of rules_oci as one multi-platform image.

Copy this file to tools/push_images.bzl. examples/bazel/BUILD.bazel shows how to use it.

The images are targets of oci_image, oci_image_index, or anything else that writes one OCI layout.
`bazel run :push` pushes them. manifest-tool has to be on PATH.
"""

def _push_images(ctx):
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    files = [file for image in ctx.attr.images for file in image[DefaultInfo].files.to_list()]
    ctx.actions.write(
        output = script,
        content = "\n".join([
            "#!/bin/sh",
            "exec manifest-tool create --push \"$@\" -- '{target}' {layouts}".format(
                target = ctx.attr.target.replace("'", ""),
                layouts = " ".join(["'oci-layout:%s'" % file.short_path for file in files]),
            ),
            "",
        ]),
        is_executable = True,
    )
    return [DefaultInfo(executable = script, runfiles = ctx.runfiles(files = files))]

push_images = rule(
    implementation = _push_images,
    doc = "A program that pushes images as one multi-platform image.",
    attrs = {
        "images": attr.label_list(mandatory = True, doc = "OCI layouts, such as those of oci_image"),
        "target": attr.string(mandatory = True, doc = "the name to push to"),
    },
    executable = True,
)
