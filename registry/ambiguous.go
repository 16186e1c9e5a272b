package registry

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// fields are the keys that decide what a manifest is and refers to. encoding/json takes them in any
// case, other readers do not, or take another of two: so one document could be two (CVE-2021-41190).
var fields = []string{
	"schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "subject", "annotations",
	"digest", "size", "urls", "data", "platform", "architecture", "os", "os.version", "os.features", "variant", "features",
}

// platformFields are those of them that say what an image runs on.
var platformFields = []string{"architecture", "os", "os.version", "os.features", "variant"}

// checkReadings refuses a document that two readers may read in two ways. It is valid JSON already.
func checkReadings(raw []byte) error {
	if !utf8.Valid(raw) {
		return Errorf(ErrUnverified, "it is not in UTF-8: refused")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	return checkValue(decoder, true)
}

// checkConfig is the same for the config of an image, of which only the platform is read. Its labels may
// have any key.
func checkConfig(raw []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return Errorf(ErrUnverified, "it is no JSON that can be checked")
	}
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		var value json.RawMessage
		if err == nil {
			err = decoder.Decode(&value)
		}
		if err != nil {
			return err
		}
		key, _ := token.(string)
		if i := slices.IndexFunc(platformFields, func(f string) bool { return strings.EqualFold(f, key) }); i >= 0 && (seen[key] || key != platformFields[i]) {
			return Errorf(ErrUnverified, "it has the key %q, which not everybody reads alike: refused", key)
		}
		seen[key] = true
	}
	return nil
}

// checkValue reads one value. In annotations any key goes, once.
func checkValue(decoder *json.Decoder, decides bool) error {
	token, err := decoder.Token()
	if err != nil {
		return Errorf(ErrUnverified, "it is no JSON that can be checked")
	}
	switch token {
	case json.Delim('['):
		for decoder.More() {
			if err := checkValue(decoder, decides); err != nil {
				return err
			}
		}
		_, err = decoder.Token()
	case json.Delim('{'):
		if err := checkObject(decoder, decides); err != nil {
			return err
		}
		_, err = decoder.Token()
	}
	return err
}

func checkObject(decoder *json.Decoder, decides bool) error {
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		if seen[key] {
			return Errorf(ErrUnverified, "it has the key %q twice: refused", key)
		}
		seen[key] = true
		if decides && !slices.Contains(fields, key) && slices.ContainsFunc(fields, func(f string) bool { return strings.EqualFold(f, key) }) {
			return Errorf(ErrUnverified, "it has the key %q, which not everybody reads alike: refused", key)
		}
		if err := checkValue(decoder, decides && key != "annotations"); err != nil {
			return err
		}
	}
	return nil
}
