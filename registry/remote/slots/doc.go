// Package slots limits the requests to a registry: how many are open at once, and how many are sent in a period. It
// also has the pauses of a registry that answers 429, or says that its quota is used up.
package slots
