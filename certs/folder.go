package certs

import (
	"cmp"
	"crypto/tls"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// folders returns the folders of docker and containers (dockerd's "Verify repository client with certificates",
// containers-certs.d(5)). containers uses only the first folder with the host. Here all folders count, because each
// root was put there to be trusted.
func folders(o Options) []string {
	home := cmp.Or(o.Getenv("HOME"), o.Getenv("USERPROFILE")) // USERPROFILE on Windows
	var all []string
	add := func(base string, rest ...string) {
		if base != "" {
			all = append(all, filepath.Join(append([]string{base}, rest...)...))
		}
	}
	config := o.Getenv("XDG_CONFIG_HOME")
	if config == "" && home != "" {
		config = filepath.Join(home, ".config")
	}
	etc := cmp.Or(o.Etc, "/etc")
	add(config, "containers", "certs.d")
	add(config, "docker", "certs.d") // rootless docker
	add(home, ".docker", "certs.d")  // Docker Desktop
	add(etc, "containers", "certs.d")
	add(etc, "docker", "certs.d")
	return all
}

// found are the certificates of a host in all folders.
type found struct {
	roots [][]byte
	pairs []tls.Certificate
}

// folder reads *.crt, the roots for the host, and *.cert with *.key, the client certificates.
func (s *Store) folder(host string) (found, error) {
	var f found
	for _, name := range names(host) {
		for _, dir := range s.folders {
			if err := f.read(filepath.Join(dir, name)); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

// names returns the possible names of the folder for a host. A host may come from a registry, so names never lead
// out of the parent folder.
func names(host string) []string {
	if runtime.GOOS == "windows" {
		host = strings.ReplaceAll(host, ":", "") // like docker
	}
	if !filepath.IsLocal(host) || strings.ContainsAny(host, `/\`) || host == "." {
		return nil
	}
	if host == "index.docker.io" {
		return []string{host, "docker.io"}
	}
	return []string{host}
}

func (f *found) read(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil // only root may read it
	}
	if err != nil {
		return &Error{dir, cause(err)}
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		switch base := strings.TrimSuffix(path, filepath.Ext(path)); filepath.Ext(path) {
		case ".crt":
			pem, err := readRoots(readFile, path)
			if err != nil {
				return err
			}
			f.roots = append(f.roots, pem)
		case ".cert":
			pair, err := readPair(readFile, path, base+".key")
			if err != nil {
				return err
			}
			f.pairs = append(f.pairs, pair)
		}
	}
	return nil
}

// cause removes the path, which is in the message already.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
