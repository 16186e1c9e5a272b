// Command docker-credential-canary is a credential helper that gives what a file says
// (https://github.com/docker/docker-credential-helpers, "Development").
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	server, err := io.ReadAll(os.Stdin)
	if err != nil || len(os.Args) != 2 || os.Args[1] != "get" {
		fmt.Println("usage: docker-credential-canary get <SERVER")
		os.Exit(2)
	}
	raw, err := os.ReadFile(os.Getenv("CANARY_STORE"))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	var store map[string]json.RawMessage
	if err := json.Unmarshal(raw, &store); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	login, ok := store[strings.TrimSpace(string(server))]
	if !ok {
		fmt.Println("credentials not found in native keychain")
		os.Exit(1)
	}
	os.Stdout.Write(login)
}
