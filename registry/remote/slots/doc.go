// Package slots limits the open requests at a registry, and keeps the pauses that the registry asks for.
package slots
