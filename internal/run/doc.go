// Package run carries out commands, without the CLI library. All commands that write use the same function,
// carryOut: it opens the places of a command, plans, pushes, closes and reports.
package run
