// Package plan decides what a command writes. Every function is pure: data in, data out. The package
// cannot reach a registry or a disk, because it imports nothing that can.
//
//	Push(spec, state, options)  -> one Plan for each target
//	Edit, Copy, Split              the same for the other commands
//
// A [State] is what package resolve has read. A [Plan] is what package push carries out.
package plan
