//go:build !race

package main

// oneIn is how many of the cases of the exhaustive run there are for one that is run: the same each time.
const oneIn = 16

const raceDetector = false
