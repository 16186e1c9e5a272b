package output

// The exit codes. docs/reference/exit-codes.md documents them.
const (
	ExitDone        = 0
	ExitFailure     = 1 // no other code fits
	ExitUsage       = 2 // the command line or the spec is wrong; nothing was written, or with --all-tags no tag
	ExitNotFound    = 3
	ExitDenied      = 4
	ExitUnverified  = 5
	ExitRefused     = 6
	ExitUnavailable = 7
	ExitPartial     = 8
	ExitHangup      = 129
	ExitInterrupt   = 130
	ExitTerminate   = 143
)
