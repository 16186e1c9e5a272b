// Package output is what people and scripts read of the program: results, JSON, tables, messages, and the exit codes and
// hints of errors. Text from registries, files and images is escaped, and secrets in it are hidden.
package output
