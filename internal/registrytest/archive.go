package registrytest

import (
	"archive/tar"
	"os"
)

// WriteArchive writes the artifact into a file as an OCI archive: a tar of what [Artifact.WriteLayout]
// writes.
func (a Artifact) WriteArchive(path, refName string) error {
	dir, err := os.MkdirTemp("", "archive")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := a.WriteLayout(dir, refName); err != nil {
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
