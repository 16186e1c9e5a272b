package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const (
	hugeLayer = 512 << 20
	maxPeak   = 24 << 20 // bytes of memory, however large a layer is
)

// memory is a scenario for ours alone: a layer that does not fit into memory goes from one registry to
// another.
var memory = scenario{
	name: "memory", title: "one layer of 512 MiB into another registry",
	job: func(b *bench) (job, error) {
		j := job{hosts: []string{b.front, b.other}, target: b.other + "/" + b.name("huge"), tags: tagNames[:1]}
		j.sources = []image{platforms[0].at(b.front + "/huge:v1")}
		return j, b.once("huge", b.pushHuge)
	},
}

func memoryChecks(rows []row) []check {
	us := own(rows)
	if us == nil {
		return []check{{what: "a run without failure", got: 1, counted: true}}
	}
	return []check{{what: "peak MiB", got: float64(us.peak()) / mib, most: maxPeak / mib, digits: 1}}
}

func writeMemory(w io.Writer, rows []row) {
	fmt.Fprintf(w, "\n### Memory: %s\n\n", memory.title)
	writeHead(w, "tool", "requests", "peak MiB")
	if us := own(rows); us != nil {
		writeRow(w, us.tool.title, fmt.Sprint(us.most(requestsOf)), find(memoryChecks(rows), "peak MiB"))
	}
}

// zeros are a layer that takes no memory here either. No registry compresses.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// pushHuge adds the layer to a small image.
func (b *bench) pushHuge() error {
	a := small(platforms[0])
	if err := b.push(a, "huge", "small"); err != nil {
		return err
	}
	layer, err := b.pushZeros("huge", hugeLayer)
	if err != nil {
		return err
	}
	var manifest v1.Manifest
	if err := json.Unmarshal(a.Manifest, &manifest); err != nil {
		return err
	}
	manifest.Layers = append(manifest.Layers, layer)
	raw, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	_, err = send(http.MethodPut, "http://"+b.direct+"/v2/huge/manifests/v1", a.MediaType, bytes.NewReader(raw), int64(len(raw)))
	return err
}

func (b *bench) pushZeros(repository string, size int64) (v1.Descriptor, error) {
	sum := sha256.New()
	if _, err := io.CopyN(sum, zeros{}, size); err != nil {
		return v1.Descriptor{}, err
	}
	digest := v1.Hash{Algorithm: "sha256", Hex: fmt.Sprintf("%x", sum.Sum(nil))}
	opened, err := send(http.MethodPost, "http://"+b.direct+"/v2/"+repository+"/blobs/uploads/", "", http.NoBody, 0)
	if err != nil {
		return v1.Descriptor{}, err
	}
	location, err := opened.Location()
	if err != nil {
		return v1.Descriptor{}, err
	}
	query := location.Query() // holds the registry's own state
	query.Set("digest", digest.String())
	location.RawQuery = query.Encode()
	_, err = send(http.MethodPut, location.String(), "application/octet-stream", io.LimitReader(zeros{}, size), size)
	return v1.Descriptor{MediaType: types.OCIUncompressedLayer, Digest: digest, Size: size}, err
}

func send(method, url, contentType string, body io.Reader, size int64) (*http.Response, error) {
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		return nil, err
	}
	req.ContentLength = size
	req.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		return nil, fmt.Errorf("%s %s: %s", method, url, resp.Status)
	}
	return resp, nil
}
