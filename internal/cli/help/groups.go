package help

import "slices"

// The groups of flags. Groups that stand for the same kind of flag share a place in flagOrder.
const (
	Assemble   = "What to assemble"
	Change     = "What to change"
	Copy       = "What to copy"
	Show       = "What to show"
	Draft      = "Draft"
	Target     = "Where it goes"
	Checks     = "Checks"
	Output     = "Output"
	CI         = "CI"
	Connection = "Connection"
	Login      = "Login"
)

// The groups of commands.
const (
	Push    = "Assemble and push"
	Manage  = "Change, copy and promote"
	Inspect = "Inspect"
	Check   = "Plan and check"
	Specs   = "Spec files"
	Drafts  = "Drafts, as with docker manifest"
	Other   = "Other commands"
	Topics  = "Topics"
)

// The library sorts groups by name. These are the orders that help prints them in.
var (
	flagOrder    = []string{Assemble, Change, Copy, Show, Draft, Target, Checks, Output, CI, Connection, Login}
	commandOrder = []string{Push, Manage, Check, Inspect, Specs, Drafts, Other, Topics}
)

// hidden are the groups that only the topic "connection" prints. All commands have their flags.
var hidden = []string{Connection, Login}

// inOrder sorts the names of groups. Unknown names come last.
func inOrder(names, order []string) []string {
	place := func(name string) int {
		if i := slices.Index(order, name); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(names, func(a, b string) int { return place(a) - place(b) })
	return names
}
