// Package registry knows what there is and what to do about it: it resolves a [spec.Spec] to the
// images behind it, plans the index that is asked for, and pushes a plan.
//
// Three kinds of function: one reads the world (it takes a context and returns data), one decides
// (no context, data to data), one changes the world (it takes a context and the decision).
//
//	Resolve(ctx, session, spec, opts) -> State  reads
//	PlanIndex(spec, state, opts) -> Plans    decides
//	Push(ctx, session, plan)     -> Report   writes
//
// It speaks to a [Repository], never to HTTP or files: packages remote and layout do that.
package registry
