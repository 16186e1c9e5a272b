// Command manifest-tool is package program as a small executable. A test binary is three times as large, and its tables
// make it slow to start. With the name "worker" in place of its own, it is a worker for clients.
package main

import (
	"os"

	"github.com/manifest-tool/manifest-tool/internal/scripttest/program"
)

func main() {
	if os.Args[0] == program.WorkerName {
		program.Work()
		return
	}
	program.Main()
}
