package registrytest

import (
	"encoding/json"
	"errors"
	"net/http"
)

// An apiError is an answer in the format of the spec, "Error Codes".
type apiError struct {
	status  int
	code    string
	message string
	detail  any
}

// The codes of the spec, and TAG_INVALID and PAGINATION_NUMBER_INVALID, which distribution adds.
// Status codes are those of distribution.
var (
	errBlobUnknown         = apiError{status: 404, code: "BLOB_UNKNOWN", message: "blob unknown to registry"}
	errBlobUploadInvalid   = apiError{status: 400, code: "BLOB_UPLOAD_INVALID", message: "blob upload invalid"}
	errBlobUploadUnknown   = apiError{status: 404, code: "BLOB_UPLOAD_UNKNOWN", message: "blob upload unknown to registry"}
	errDenied              = apiError{status: 403, code: "DENIED", message: "requested access to the resource is denied"}
	errDigestInvalid       = apiError{status: 400, code: "DIGEST_INVALID", message: "provided digest did not match uploaded content"}
	errManifestBlobUnknown = apiError{status: 400, code: "MANIFEST_BLOB_UNKNOWN", message: "manifest references something unknown to this repository"}
	errManifestInvalid     = apiError{status: 400, code: "MANIFEST_INVALID", message: "manifest invalid"}
	errManifestUnknown     = apiError{status: 404, code: "MANIFEST_UNKNOWN", message: "manifest unknown"}
	errNameInvalid         = apiError{status: 400, code: "NAME_INVALID", message: "invalid repository name"}
	errNameUnknown         = apiError{status: 404, code: "NAME_UNKNOWN", message: "repository name not known to registry"}
	errPaginationInvalid   = apiError{status: 400, code: "PAGINATION_NUMBER_INVALID", message: "invalid number of results requested"}
	errRangeInvalid        = apiError{status: 416, code: "RANGE_INVALID", message: "invalid content range"}
	errTagInvalid          = apiError{status: 400, code: "TAG_INVALID", message: "manifest tag invalid"}
	errUnauthorized        = apiError{status: 401, code: "UNAUTHORIZED", message: "authentication required"}
	errUnsupported         = apiError{status: 405, code: "UNSUPPORTED", message: "the operation is unsupported"}
)

func (e apiError) Error() string {
	text := e.code + ": " + e.message
	if e.detail != nil {
		detail, _ := json.Marshal(e.detail)
		text += ": " + string(detail)
	}
	return text
}

// about returns the error with what it is about.
func (e apiError) about(detail any) apiError {
	e.detail = detail
	return e
}

// because returns the error with another message.
func (e apiError) because(message string) apiError {
	e.message = message
	return e
}

// MarshalJSON writes one element of the list that an answer holds.
func (e apiError) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Detail  any    `json:"detail,omitempty"`
	}{e.code, e.message, e.detail})
}

func writeError(w http.ResponseWriter, err error) {
	var e apiError
	if !errors.As(err, &e) {
		e = apiError{status: http.StatusInternalServerError, code: "UNKNOWN", message: err.Error()}
	}
	writeJSON(w, e.status, map[string][]apiError{"errors": {e}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body) // the client went away
}
