package planfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/manifest-tool/manifest-tool/internal/rawjson"
	"github.com/manifest-tool/manifest-tool/registry/plan"
)

// maxValues is how many values a plan file may hold.
const maxValues = 2_000_000

// A File is a plan file that was read: valid plans.
type File struct {
	Options Options
	AllTags bool
	Images  [][]plan.TargetPlan // for each image, a plan for each target
}

// An Error is a plan file that is not valid.
type Error struct{ text string }

func (e *Error) Error() string { return "the plan file is not valid: " + e.text }

func faultf(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Decode reads a plan file. What it returns writes no other manifests than those whose digests the file names.
func Decode(raw []byte) (File, error) {
	d, err := parse(raw)
	if err != nil {
		return File{}, err
	}
	f := File{AllTags: d.AllTags}
	if d.Options != nil {
		f.Options = *d.Options
	}
	for i, image := range d.Images {
		plans, err := image.plans(f.Options.Force)
		if err != nil {
			return File{}, faultf("image %d (%s): %v", i+1, image.Digest, err)
		}
		f.Images = append(f.Images, plans)
	}
	if err := f.checkTags(); err != nil {
		return File{}, err
	}
	return f, f.agrees(d)
}

// parse decodes the JSON. Other programs that read the file must find the same in it, so a key that stands twice or in
// another spelling is refused.
func parse(raw []byte) (Document, error) {
	var d Document
	if len(raw) > MaxSize {
		return d, faultf("it is larger than the limit of %d MiB", MaxSize>>20)
	}
	if err := rawjson.CheckBounds(raw, maxValues); err != nil {
		return d, faultf("%v", err)
	}
	var head struct{ Schema string }
	if err := json.Unmarshal(raw, &head); err != nil {
		return d, faultf("it is not JSON of a plan: %v", err)
	}
	switch known := strings.HasPrefix(head.Schema, strings.TrimSuffix(Schema, "v1")); {
	case head.Schema == Schema:
	case known:
		return d, faultf("its format is %s, and this version of manifest-tool knows %s only: make a new plan, or use the version that made it", head.Schema, Schema)
	default:
		return d, faultf("it has no \"schema\": %q: a plan file comes from manifest-tool plan", Schema)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return d, faultf("%s", strings.TrimPrefix(err.Error(), "json: "))
	}
	again, err := d.compact()
	var given bytes.Buffer
	if err == nil {
		err = json.Compact(&given, raw)
	}
	if err != nil || !bytes.Equal(rawjson.Printable(again), rawjson.Printable(given.Bytes())) {
		return d, faultf("its keys are not those, or not in the order, that manifest-tool plan writes")
	}
	if len(d.Images) == 0 {
		return d, faultf("it has no images")
	}
	return d, nil
}

func (d Document) compact() ([]byte, error) {
	var b, compact bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(d); err != nil {
		return nil, err
	}
	err := json.Compact(&compact, b.Bytes())
	return compact.Bytes(), err
}

// agrees checks what the file says twice: actions, sizes and platforms follow from the plans. Numbers of requests are
// estimates of the version that wrote the file.
func (f File) agrees(d Document) error {
	want := New(f.Options, f.AllTags)
	for _, plans := range f.Images {
		want.Add(plans)
	}
	for _, doc := range []*Document{&d, &want} {
		doc.Totals.Requests = plan.Range{}
		for i := range doc.Images {
			targets := doc.Images[i].Targets
			for k := range targets {
				targets[k].Requests = plan.Range{}
				for t := range targets[k].Tags {
					targets[k].Tags[t].PreviousPlatforms, targets[k].Tags[t].LostPlatforms = nil, nil // apply compares these
				}
			}
		}
	}
	if where := difference(reflect.ValueOf(d), reflect.ValueOf(want), "the plan"); where != "" {
		return faultf("%s does not follow from the rest of the file, which was changed after it was made", where)
	}
	return nil
}

// difference names the first field that differs.
func difference(a, b reflect.Value, at string) string {
	if reflect.DeepEqual(a.Interface(), b.Interface()) {
		return ""
	}
	switch {
	case a.Kind() == reflect.Pointer && !a.IsNil() && !b.IsNil():
		return difference(a.Elem(), b.Elem(), at)
	case a.Kind() == reflect.Struct:
		for i := range a.NumField() {
			key, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
			if where := difference(a.Field(i), b.Field(i), at+"."+key); where != "" {
				return where
			}
		}
	case a.Kind() == reflect.Slice && a.Len() == b.Len():
		for i := range a.Len() {
			if where := difference(a.Index(i), b.Index(i), fmt.Sprintf("%s[%d]", at, i)); where != "" {
				return where
			}
		}
	}
	return strings.TrimPrefix(at, "the plan.")
}

// checkTags refuses a tag that the file sets twice.
func (f File) checkTags() error {
	seen := map[string]v1.Hash{}
	for _, plans := range f.Images {
		for _, p := range plans {
			updates := p.TagUpdates
			for _, r := range p.Referrers {
				if r.TagUpdate != nil {
					updates = append(updates[:len(updates):len(updates)], *r.TagUpdate)
				}
			}
			for _, u := range updates {
				name := p.Target.String() + ":" + u.Tag
				if to, again := seen[name]; again && to != u.To {
					return faultf("it sets %s to %s and to %s", name, to, u.To)
				}
				seen[name] = u.To
			}
		}
	}
	return nil
}
