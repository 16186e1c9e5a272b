// Package parallel runs functions at the same time, and shares the result of a function among callers.
package parallel
