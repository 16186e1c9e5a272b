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

// folders are those that docker and containers read (dockerd's "Verify repository client with
// certificates", containers-certs.d(5)). Of containers, the first that knows a host counts there; here
// all do, as who has put a root into one of them wants it trusted.
func folders(o Options) []string {
	home := cmp.Or(o.Getenv("HOME"), o.Getenv("USERPROFILE")) // the latter on Windows
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

// found is what the folders hold for a host.
type found struct {
	roots [][]byte
	pairs []tls.Certificate
}

// folder reads *.crt, whom the host may be signed by, and *.cert with *.key, who we are to it.
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

// names are what a folder for a host may be called. A host may be one that a registry has named: it
// does not lead out of the folder.
func names(host string) []string {
	if runtime.GOOS == "windows" {
		host = strings.ReplaceAll(host, ":", "") // as docker has it
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
		return nil // root's own are not for everybody
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

// cause leaves the path out, which is told already.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
