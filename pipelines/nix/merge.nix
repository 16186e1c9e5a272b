# A program that pushes images of pkgs.dockerTools for several systems as one image. In a flake:
#
#   packages.x86_64-linux.push = pkgs.callPackage "${inputs.manifest-tool}/pipelines/nix/merge.nix" { } {
#     target = "registry.example/acme/app:1.0";
#     images = map (system: self.packages.${system}.image) [ "x86_64-linux" "aarch64-linux" ];
#   };
#
# "nix run .#push" builds the images and pushes them. The flake has inputs.manifest-tool.flake = false, and its url is
# github:manifest-tool/manifest-tool. manifest-tool has to be on PATH, or be given as the package manifest-tool-bin.
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
