// Package help is what the program says of its own commands and flags. It turns the definitions of the CLI library into
// pages. The help on a terminal, the man pages and the command reference print the same pages.
//
// A definition follows these rules:
//
//   - The Usage of a flag starts with its placeholder in backquotes: "`FILE` write the digest to FILE". A placeholder in
//     lower case lists the words that the flag takes, as of a [Choice].
//   - The Category of a flag or command is one of the names in groups.go, which also has their order.
//   - The Description of a command may end in a line "Examples:" with examples below it, see [Example].
package help
