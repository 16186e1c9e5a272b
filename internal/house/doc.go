// Package house holds the tests of the project's own rules: which package may import which
// (CONTRIBUTING.md, "Rooms"), and which words messages and comments avoid ("Words").
package house
