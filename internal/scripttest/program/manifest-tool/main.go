// Command manifest-tool is package program as a small executable. A test binary is three times as large, and its tables
// make it slow to start.
package main

import "github.com/manifest-tool/manifest-tool/internal/scripttest/program"

func main() { program.Main() }
