package output

// The exit codes. docs/reference/exit-codes.md documents them.
const (
	ExitDone        = 0
	ExitFailure     = 1 // no other code fits; of diff and outdated: a Finding
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

// ExitCodes is the table of exit codes for help and documentation.
var ExitCodes = []struct {
	Code    int
	Meaning string // lines of at most 70 columns
}{
	{ExitDone, "success: each tag was read back and has the printed digest"},
	{ExitFailure, "another failure, for example the result cannot be printed;\ndiff: the images differ; outdated: a source is outdated"},
	{ExitUsage, "the command line, the spec or a local file is wrong; nothing was written"},
	{ExitNotFound, "an image does not exist"},
	{ExitDenied, "access denied"},
	{ExitUnverified, "verification failed, a platform of --require is missing, or a tag\nwould lose platforms (--strict)"},
	{ExitRefused, "the registry refuses the request, another client moved the tag, or a\ndraft or plan is out of date"},
	{ExitUnavailable, "no connection, an overloaded registry, or --timeout; safe to run again"},
	{ExitPartial, "some tags moved, others did not; run the same command again"},
	{ExitHangup, "stopped by SIGHUP"},
	{ExitInterrupt, "stopped by SIGINT (Ctrl-C)"},
	{ExitTerminate, "stopped by SIGTERM"},
}
