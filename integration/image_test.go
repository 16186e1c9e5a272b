package integration

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int    `json:"size"`
}

// pushImage puts an image of one small file on a registry, with nothing but net/http, so that what
// it proves does not rest on the code under test. It returns the manifest as it was sent.
func pushImage(t testing.TB, host, repository, tag, os, arch string) []byte {
	t.Helper()
	archive := tarball(t, "platform", os+"/"+arch)
	config := encode(t, map[string]any{
		"os":           os,
		"architecture": arch,
		"rootfs":       map[string]any{"type": "layers", "diff_ids": []string{digest(archive)}},
	})
	layer := compress(t, archive)
	manifest := encode(t, map[string]any{
		"schemaVersion": 2,
		"mediaType":     manifestType,
		"config":        pushBlob(t, host, repository, configType, config),
		"layers":        []descriptor{pushBlob(t, host, repository, layerType, layer)},
	})
	url := fmt.Sprintf("http://%s/v2/%s/manifests/%s", host, repository, tag)
	send(t, http.MethodPut, url, manifestType, manifest, http.StatusCreated)
	return manifest
}

func pushBlob(t testing.TB, host, repository, mediaType string, content []byte) descriptor {
	t.Helper()
	d := descriptor{MediaType: mediaType, Digest: digest(content), Size: len(content)}
	url := fmt.Sprintf("http://%s/v2/%s/blobs/uploads/", host, repository)
	session, err := send(t, http.MethodPost, url, "", nil, http.StatusAccepted).Location()
	if err != nil {
		t.Fatal(err)
	}
	query := session.Query() // holds the registry's own state
	query.Set("digest", d.Digest)
	session.RawQuery = query.Encode()
	send(t, http.MethodPut, session.String(), "application/octet-stream", content, http.StatusCreated)
	return d
}

// send makes one request and fails the test when the answer has another status.
func send(t testing.TB, method, url, contentType string, body []byte, status int) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != status {
		answer, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
		t.Fatalf("%s %s: %s, want %d\n%s", method, url, resp.Status, status, answer)
	}
	return resp
}

func tarball(t testing.TB, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func compress(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encode(t testing.TB, value any) []byte {
	t.Helper()
	b, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func digest(content []byte) string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256(content))
}
