package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// CompactJSON encodes a value like [json.Marshal], but writes "<", ">" and "&" without an escape.
func CompactJSON(value any) (json.RawMessage, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// MustCompactJSON is [CompactJSON] for values whose encoding cannot fail. It panics on an error.
func MustCompactJSON(value any) json.RawMessage {
	raw, err := CompactJSON(value)
	if err != nil {
		panic(err)
	}
	return raw
}

// jsonProblem describes an error of encoding/json without the names of Go types.
func jsonProblem(err error) string {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return fmt.Sprintf("the field %s has an invalid value (%s)", wrongType.Field, wrongType.Value)
	}
	return err.Error()
}
