// Measurer carries out an order from stdin and writes the answer to stdout, both JSON. It is a program
// of its own because it has to be small: see cost.Run.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/manifest-tool/manifest-tool/integration/bench/cost"
)

func main() {
	var o cost.Order
	err := json.NewDecoder(os.Stdin).Decode(&o)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(cost.Run(o))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "measurer:", err)
		os.Exit(1)
	}
}
