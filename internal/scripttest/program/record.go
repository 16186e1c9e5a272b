package program

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// OutputsVariable names the folder for the JSON that the program prints in a script. At the end of the script, each
// file in the folder is checked against its schema.
const OutputsVariable = "OUTPUTS"

// MetadataPrefix begins the names of the files that hold what --metadata-file wrote.
const MetadataPrefix = "metadata-"

// record records in a folder what the program prints, if a script runs the program and asks for JSON. The program writes
// to the returned writer, and calls done at its end.
func record(stdout io.Writer, dir string, args []string) (w io.Writer, done func(), err error) {
	metadata := metadataFile(args)
	isJSON := slices.ContainsFunc(args, func(arg string) bool { return strings.Contains(arg, "json") })
	if dir == "" || !isJSON && metadata == "" {
		return stdout, func() {}, nil
	}
	recorded, err := os.CreateTemp(dir, "stdout-")
	if err != nil {
		return nil, nil, err
	}
	return io.MultiWriter(stdout, recorded), func() {
		recorded.Close()
		info, err := os.Stat(metadata)
		if err != nil || !info.Mode().IsRegular() {
			return
		}
		if raw, err := os.ReadFile(metadata); err == nil && bytes.Contains(raw, []byte(`"containerimage.`)) {
			os.WriteFile(filepath.Join(dir, MetadataPrefix+filepath.Base(recorded.Name())), raw, 0o600)
		}
	}, nil
}

// metadataFile is the value of --metadata-file.
func metadataFile(args []string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--metadata-file="); ok {
			return value
		}
		if arg == "--metadata-file" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}
