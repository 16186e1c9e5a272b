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
	if err := fetch(ctx, o.mirror+"/"+d.path, file, d.sum); err != nil {
		return nil, err
	}
	return unpack(ctx, file)
}

// fetch downloads a file, unless it is there with the right checksum.
func fetch(ctx context.Context, url, file, sum string) error {
	if content, err := os.ReadFile(file); err == nil && sumOf(content) == sum {
		return nil
	}
	content, err := get(ctx, url)
	if err != nil {
		return err
	}
	if got := sumOf(content); got != sum {
		return fmt.Errorf("%s: the SHA-256 is %s, and debs.txt has %s", url, got, sum)
	}
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
		return nil, fmt.Errorf("GET %s: %s (Debian removes packages that have a newer version: see CONTRIBUTING.md)", url, resp.Status)
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
