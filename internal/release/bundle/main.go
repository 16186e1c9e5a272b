// Command bundle writes all files of a folder into a tar in gzip, once under each name:
//
//	bundle -time SECONDS DIR TARFILE...
//
// The same files and the same time have the same bytes.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"
)

func main() {
	log.SetFlags(0)
	seconds := flag.Int64("time", 0, "time of the files, in `SECONDS` since 1970")
	flag.Parse()
	if flag.NArg() < 2 {
		log.Fatal("usage: bundle -time SECONDS DIR TARFILE...")
	}
	if err := run(time.Unix(*seconds, 0), flag.Arg(0), flag.Args()[1:]); err != nil {
		log.Fatalf("bundle: %v", err)
	}
}

func run(at time.Time, dir string, names []string) error {
	content, err := bundle(at, dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// bundle returns the tar. ReadDir sorts the files by name.
func bundle(at time.Time, dir string) ([]byte, error) {
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		return nil, errors.Join(err, fmt.Errorf("files in %s: %d", dir, len(files)))
	}
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	w := tar.NewWriter(zipped)
	for _, file := range files {
		if err := add(w, at, filepath.Join(dir, file.Name())); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(w.Close(), zipped.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func add(w *tar.Writer, at time.Time, path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	err = w.WriteHeader(&tar.Header{
		Name: filepath.Base(path), Mode: 0o755, Size: int64(len(content)), ModTime: at,
		Uname: "root", Gname: "root", Format: tar.FormatUSTAR,
	})
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}
