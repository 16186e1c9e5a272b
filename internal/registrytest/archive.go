package registrytest

import (
	"archive/tar"
	"os"
)

// WriteArchive writes the artifact into a file as an OCI archive: a tar of what [Artifact.WriteLayout]
// writes.
func (a Artifact) WriteArchive(path, refName string) error {
	return writeArchive(path, func(dir string) error { return a.WriteLayout(dir, refName) })
}

// writeArchive packs the layout that the function writes.
func writeArchive(path string, writeLayout func(dir string) error) error {
	dir, err := os.MkdirTemp("", "archive")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := writeLayout(dir); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := tar.NewWriter(f)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return f.Close()
}
