# What pipelines/nix/merge.nix makes with the parts of nixpkgs that it uses, as JSON: the text of the program, in which the
# path of the spec is @SPEC@ and the text of the spec.
{ merge, options }:
let
  program = import merge {
    writeText = name: text: { outPath = "@SPEC@${text}"; };
    writeShellApplication = arguments: arguments;
  } (builtins.fromJSON options);
in
{ inherit (program) name text; }
