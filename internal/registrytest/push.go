package registrytest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"
)

var pushClient = &http.Client{Timeout: time.Minute}

// Push uploads the artifact to any registry that asks for no credentials, at a base URL such as
// http://127.0.0.1:5000: blobs first, then children by digest, at last the manifest under the tag, or
// by its digest alone if the tag is empty.
func (a Artifact) Push(baseURL, repository, tag string) error {
	base := baseURL + "/v2/" + repository
	for _, digest := range slices.Sorted(maps.Keys(a.Blobs)) {
		if err := pushBlob(base, digest, a.Blobs[digest]); err != nil {
			return fmt.Errorf("push blob %s: %w", digest, err)
		}
	}
	for _, child := range a.Children {
		if err := child.Push(baseURL, repository, ""); err != nil {
			return err
		}
	}
	reference := tag
	if reference == "" {
		reference = a.Digest
	}
	_, err := send(http.MethodPut, base+"/manifests/"+reference, a.MediaType, a.Manifest, http.StatusCreated)
	if err != nil {
		return fmt.Errorf("push manifest %s: %w", reference, err)
	}
	return nil
}

// pushBlob uploads in two requests, unless the blob is there (spec, "POST then PUT").
func pushBlob(base, digest string, blob []byte) error {
	if _, err := send(http.MethodHead, base+"/blobs/"+digest, "", nil, http.StatusOK); err == nil {
		return nil
	}
	started, err := send(http.MethodPost, base+"/blobs/uploads/", "", nil, http.StatusAccepted)
	if err != nil {
		return err
	}
	location, err := started.Location()
	if err != nil {
		return err
	}
	if location.RawQuery != "" {
		location.RawQuery += "&"
	}
	location.RawQuery += "digest=" + digest
	_, err = send(http.MethodPut, location.String(), "application/octet-stream", blob, http.StatusCreated)
	return err
}

// send returns the answer, whose body is closed, if its status is the one wanted.
func send(method, url, contentType string, body []byte, want int) (*http.Response, error) {
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := pushClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != want {
		return nil, fmt.Errorf("%s %s: %s, want %d: %q", method, url, resp.Status, want, answer)
	}
	return resp, nil
}
