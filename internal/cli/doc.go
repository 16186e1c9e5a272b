// Package cli is the command line: its commands, flags, arguments and help, and the settings of Drone's plugin. It turns
// them into options, and calls package run. It is the only package that knows the CLI library.
package cli
