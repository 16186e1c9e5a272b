package main

// The exit codes. README documents them.
const (
	exitDone        = 0
	exitFailure     = 1 // no other code fits
	exitUsage       = 2 // the command line or the spec is wrong; nothing was written, or with --all-tags no tag
	exitNotFound    = 3
	exitDenied      = 4
	exitUnverified  = 5
	exitRefused     = 6
	exitUnavailable = 7
	exitPartial     = 8
	exitInterrupt   = 130
	exitTerminate   = 143
)
