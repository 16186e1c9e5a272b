// Package house holds the tests of the project's own rules: which package may know which
// (CONTRIBUTING.md, "Rooms").
package house
