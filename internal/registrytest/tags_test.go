package registrytest

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestListTags(t *testing.T) {
	srv := New(t, Options{})
	for _, tag := range []string{"b", "d", "a", "c", "B"} {
		srv.Push(t, "app", tag, Image{}.Build())
	}
	uploadBlob(t, srv, "blobs-only", blob)
	for _, tc := range []struct {
		path   string
		status int
		code   string
		tags   string
		link   string
	}{
		{"app/tags/list", 200, "", "B a b c d", ""},
		{"app/tags/list?n=2", 200, "", "B a", `</v2/app/tags/list?last=a&n=2>; rel="next"`},
		{"app/tags/list?last=a&n=2", 200, "", "b c", `</v2/app/tags/list?last=c&n=2>; rel="next"`},
		{"app/tags/list?last=b&n=2", 200, "", "c d", ""},
		{"app/tags/list?n=5", 200, "", "B a b c d", ""},
		{"app/tags/list?last=bb", 200, "", "c d", ""},
		{"app/tags/list?last=z", 200, "", "", ""},
		{"app/tags/list?n=0", 200, "", "", ""},
		{"app/tags/list?n=-1", 400, "PAGINATION_NUMBER_INVALID", "", ""},
		{"app/tags/list?n=", 400, "PAGINATION_NUMBER_INVALID", "", ""},
		{"app/tags/list?n=99999999999999999999", 400, "PAGINATION_NUMBER_INVALID", "", ""},
		{"other/tags/list", 404, "NAME_UNKNOWN", "", ""},
		{"blobs-only/tags/list", 404, "NAME_UNKNOWN", "", ""},
	} {
		t.Run(tc.path, func(t *testing.T) {
			a := expect(t, ask(t, srv, "GET", "/v2/"+tc.path, nil), tc.status, tc.code)
			equal(t, "Link", a.header.Get("Link"), tc.link)
			if tc.status != 200 {
				return
			}
			var list struct {
				Name string
				Tags []string
			}
			if err := json.Unmarshal(a.body, &list); err != nil {
				t.Fatal(err)
			}
			equal(t, "name", list.Name, "app")
			equal(t, "tags", strings.Join(list.Tags, " "), tc.tags)
			equal(t, "tags is a list", list.Tags != nil, true)
		})
	}
}
