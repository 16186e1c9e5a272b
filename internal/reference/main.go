// Command reference writes the pages of the documentation that are made from the source: the commands and their man
// pages from the definitions in internal/cli, and the messages from all packages of the program. It runs in the root
// of the module ("make docs-reference").
package main

import (
	"log"
	"os"
	"path/filepath"
)

// folder is where the pages are, below the root of the module.
const folder = "docs"

func main() {
	log.SetFlags(0)
	pages, err := pages(".")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(folder, "man")); err != nil {
		log.Fatal(err)
	}
	for path, text := range pages {
		path = filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// pages returns the text of all pages by their path below the folder. The root is that of the module.
func pages(root string) (map[string][]byte, error) {
	m := readManual()
	all := m.manPages()
	all["reference/commands.md"] = m.commandsPage()
	messages, err := messagesPage(root)
	if err != nil {
		return nil, err
	}
	all["reference/messages.md"] = messages
	return all, nil
}
