//go:build !unix

package output

import (
	"os"

	"golang.org/x/term"
)

func readPassword(stdin *os.File) ([]byte, error) { return term.ReadPassword(int(stdin.Fd())) }
