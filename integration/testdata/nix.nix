# What pipelines/nix/merge.nix and the example make with the parts of nixpkgs that they use, as JSON: the text of each
# program, in which the path of the spec is @SPEC@ and the text of the spec. images has a file for each system.
{ root, options, images }:
let
  parts = {
    writeText = name: text: { outPath = "@SPEC@${text}"; };
    writeShellApplication = arguments: arguments;
  };
  packages = system: {
    callPackage = file: arguments: import file (parts // arguments);
    dockerTools.buildImage = arguments: (builtins.fromJSON images).${system};
    hello = "/hello";
  };
  flake = (import "${root}/examples/nix/flake.nix").outputs {
    self = { };
    nixpkgs.legacyPackages = { x86_64-linux = packages "x86_64-linux"; aarch64-linux = packages "aarch64-linux"; };
    manifest-tool = root;
  };
in
{
  merge = (import "${root}/pipelines/nix/merge.nix" parts (builtins.fromJSON options)).text;
  flake = flake.packages.x86_64-linux.push.text;
}
