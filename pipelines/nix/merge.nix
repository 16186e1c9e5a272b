# A program that pushes images of pkgs.dockerTools for several systems as one image: examples/nix/flake.nix.
# manifest-tool has to be on PATH, or be given as the package manifest-tool-bin.
{ writeText, writeShellApplication, manifest-tool-bin ? null }:
{ target, images, tags ? [ ], flags ? [ ] }:
let
  spec = writeText "spec.json" (builtins.toJSON {
    image = target;
    inherit tags;
    manifests = map (image: { image = "docker-archive:${image}"; }) images;
  });
in
writeShellApplication {
  name = "push-image";
  runtimeInputs = if manifest-tool-bin == null then [ ] else [ manifest-tool-bin ];
  text = ''
    exec manifest-tool push from-spec ${toString (map (flag: "'${flag}'") flags)} "$@" -- ${spec}
  '';
}
