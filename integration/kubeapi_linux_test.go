package integration

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// A kubeAPI is a client of an API server of Kubernetes: net/http, so that nothing of Kubernetes gets into our module.
type kubeAPI struct {
	url    string
	client *http.Client
}

// jobsPath and podsPath are for the namespace that the test works in.
const (
	namespace = "images"
	corePath  = "/api/v1/namespaces/" + namespace
	podsPath  = corePath + "/pods"
	batchPath = "/apis/batch/v1/namespaces/" + namespace
)

// do makes one request. A PATCH is a strategic merge: conditions are merged by their type. fieldValidation makes the server
// refuse unknown fields, as kubectl does.
func (k *kubeAPI) do(ctx context.Context, method, path string, body, into any) error {
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(raw)
	}
	if method == http.MethodPost {
		path += "?fieldValidation=Strict"
	}
	req, err := http.NewRequestWithContext(ctx, method, k.url+path, content)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+kubeAdmin)
	req.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		req.Header.Set("Content-Type", "application/strategic-merge-patch+json")
	}
	resp, err := k.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return &kubeError{resp.StatusCode, fmt.Sprintf("%s %s: %s: %s", method, path, resp.Status, raw)}
	}
	for _, warning := range resp.Header.Values("Warning") {
		if strings.Contains(warning, "would violate PodSecurity") {
			return fmt.Errorf("%s %s: %s", method, path, warning)
		}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}

type kubeError struct {
	status int
	text   string
}

func (e *kubeError) Error() string { return e.text }

var errNotYet = errors.New("not yet")

// until repeats a question until the answer is yes, and returns what kept it from that.
func until(ctx context.Context, limit time.Duration, yes func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		ok, err := yes()
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not within %v: %w", limit, cmp.Or(err, errNotYet))
		case <-time.After(200 * time.Millisecond):
		}
	}
}
