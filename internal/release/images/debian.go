package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

//go:embed debs.txt
var debList string

// defaultMirrors are Debian's own. The second keeps the packages that the first has replaced by newer ones.
const defaultMirrors = "http://deb.debian.org/debian,https://snapshot.debian.org/archive/debian/20261120T000000Z"

// downloadTime limits the download of one package, which has less than 1 MB.
const downloadTime = 2 * time.Minute

// A deb is a line of debs.txt.
type deb struct{ sum, path string }

// findDeb returns the package with this name for an architecture.
func findDeb(name, architecture string) (deb, error) {
	for line := range strings.Lines(debList) {
		sum, file, ok := strings.Cut(strings.TrimSpace(line), "  ")
		base := path.Base(file)
		if ok && strings.HasPrefix(base, name+"_") && strings.HasSuffix(base, "_"+architecture+".deb") {
			return deb{sum, file}, nil
		}
	}
	return deb{}, fmt.Errorf("debs.txt has no package %s for %s", name, architecture)
}

// debFiles returns the files of a package of Debian, by path without a leading slash.
func debFiles(ctx context.Context, o options, name, architecture string) (map[string][]byte, error) {
	d, err := findDeb(name, architecture)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(o.debs, path.Base(d.path))
	if err := fetch(ctx, o.mirrors, d, file); err != nil {
		return nil, err
	}
	return unpack(ctx, file)
}

// fetch downloads a package from the first mirror that has it, unless it is there with the right checksum.
func fetch(ctx context.Context, mirrors []string, d deb, file string) error {
	if content, err := os.ReadFile(file); err == nil && sumOf(content) == d.sum {
		return nil
	}
	failed := fmt.Errorf("%s: no mirror has it", d.path)
	for _, mirror := range mirrors {
		content, err := get(ctx, mirror+"/"+d.path)
		if err == nil && sumOf(content) != d.sum {
			err = fmt.Errorf("%s/%s: the SHA-256 is %s, and debs.txt has %s", mirror, d.path, sumOf(content), d.sum)
		}
		if err == nil {
			return keep(file, content)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

func keep(file string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}

func get(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, downloadTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", url, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, 16<<20))
}

func sumOf(content []byte) string { return fmt.Sprintf("%x", sha256.Sum256(content)) }

// unpack reads a package with dpkg-deb, because Go's library has no xz.
func unpack(ctx context.Context, file string) (map[string][]byte, error) {
	cmd := exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", file)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("dpkg-deb %s: %w", file, err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(out)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		files[path.Clean(h.Name)] = content
	}
}

// certificates returns the CA certificates: the file of -ca, or what update-ca-certificates makes of Debian's.
func certificates(ctx context.Context, o options) ([]byte, error) {
	if o.ca != "" {
		return os.ReadFile(o.ca)
	}
	files, err := debFiles(ctx, o, "ca-certificates", "all")
	if err != nil {
		return nil, err
	}
	var names []string
	for name := range files {
		if strings.HasPrefix(name, "usr/share/ca-certificates/mozilla/") && strings.HasSuffix(name, ".crt") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var bundle bytes.Buffer
	for _, name := range names {
		bundle.Write(bytes.TrimRight(files[name], "\n"))
		bundle.WriteByte('\n')
	}
	return bundle.Bytes(), nil
}
