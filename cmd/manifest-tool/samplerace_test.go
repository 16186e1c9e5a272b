//go:build race

package main

// oneIn is as in sample_test.go; the race detector takes its time.
const oneIn = 400

const raceDetector = true
