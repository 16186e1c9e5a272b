{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    manifest-tool = { url = "github:manifest-tool/manifest-tool"; flake = false; };
  };
  outputs = { self, nixpkgs, manifest-tool }:
    let
      image = system: nixpkgs.legacyPackages.${system}.dockerTools.buildImage {
        name = "app";
        config.Cmd = [ "${nixpkgs.legacyPackages.${system}.hello}/bin/hello" ];
      };
    in
    {
      packages.x86_64-linux.push =
        nixpkgs.legacyPackages.x86_64-linux.callPackage "${manifest-tool}/pipelines/nix/merge.nix" { } {
          target = "registry.example/acme/app:1.0";
          images = map image [ "x86_64-linux" "aarch64-linux" ];
        };
    };
}
