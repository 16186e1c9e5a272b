// Package resolve reads registries and disks. Every function takes a context and returns data,
// mostly a [plan.State]. No function writes.
//
// Each tag is read once. All later steps use the digest that was found here.
package resolve
