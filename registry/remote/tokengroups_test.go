package remote

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
)

func repositoryOf(text string) name.Repository {
	repository, err := name.NewRepository(text)
	if err != nil {
		panic(err)
	}
	return repository
}

// usesOf reads uses such as "+target source".
func usesOf(text string) (uses []Use) {
	for word := range strings.FieldsSeq(text) {
		path, push := strings.CutPrefix(word, "+")
		uses = append(uses, Use{Repository: repositoryOf("reg.test/" + path), Push: push})
	}
	return uses
}

func textOf(g *tokenGroups) (groups []string) {
	for _, group := range g.all {
		var words []string
		for scope := range strings.FieldsSeq(group.scopes()) {
			path := strings.Split(scope, ":")[1]
			if strings.HasSuffix(scope, ":push,pull") {
				path = "+" + path
			}
			words = append(words, path)
		}
		groups = append(groups, strings.Join(words, " "))
	}
	return groups
}

func numbered(format string, from, to int) string {
	var words []string
	for i := from; i < to; i++ {
		words = append(words, fmt.Sprintf(format, i))
	}
	return strings.Join(words, " ")
}

func TestTokenGroups(t *testing.T) {
	long := strings.Repeat("x", 200)
	for name, test := range map[string]struct {
		limit  int
		images []string
		want   []string
	}{
		"one image":                     {4, []string{"+a b c"}, []string{"+a b c"}},
		"as many images as fit":         {4, []string{"+a x", "+b y", "+c z"}, []string{"+a x +b y", "+c z"}},
		"a source of several groups":    {4, []string{"+a x y", "+b x y", "+c x y"}, []string{"+a x y +b", "+c x y"}},
		"nothing new":                   {4, []string{"+a x y", "+b z u", "+a x", "+b", "y"}, []string{"+a x y", "+b z u"}},
		"a target with a new source":    {4, []string{"+a x y", "+b z u", "+a v"}, []string{"+a x y v", "+b z u"}},
		"a source that becomes target":  {4, []string{"+a x", "+x y"}, []string{"+a +x y"}},
		"the target as a source":        {4, []string{"+a a x"}, []string{"+a x"}},
		"more sources than fit":         {4, []string{"+a u v w x y"}, []string{"+a u v w", "+a x y"}},
		"more targets than fit":         {4, []string{"+a +b +c u v w"}, []string{"+a +b u v", "+a +b w", "+c u v w"}},
		"only reads":                    {2, []string{"a b c d e"}, []string{"a b", "c d", "e"}},
		"only writes":                   {4, []string{"+a +b +c +d +e"}, []string{"+a +b", "+c +d", "+e"}},
		"of another registry":           {4, []string{"+a", ""}, []string{"+a"}},
		"limit 1":                       {1, []string{"+a b"}, []string{"+a b"}},
		"forty":                         {maxTokenScopes, []string{numbered("x%d", 0, 40), "y"}, []string{numbered("x%d", 0, 40), "y"}},
		"more than fit, and a new one":  {2, []string{"+a b c", "+d"}, []string{"+a b", "+a c", "+d"}},
		"long names":                    {maxTokenScopes, []string{numbered(long+"%d", 0, 20)}, []string{numbered(long+"%d", 0, 17), numbered(long+"%d", 17, 20)}},
		"a target with an older source": {4, []string{"+a x y", "+b x", "+b z"}, []string{"+a x y +b", "+b z"}},
	} {
		t.Run(name, func(t *testing.T) {
			images := func(yield func([]Use) bool) {
				for _, image := range test.images {
					if !yield(usesOf(image)) {
						return
					}
				}
			}
			g := groupsOf(images, test.limit)
			if got := textOf(g); !slices.Equal(got, test.want) {
				t.Errorf("groups %q, want %q", got, test.want)
			}
			for _, group := range g.all {
				if bytes := len(group.scopes()); len(group.order) > 1 && bytes > maxScopeBytes {
					t.Errorf("%d bytes of scopes", bytes)
				}
			}
			for _, image := range test.images {
				for _, target := range usesOf(image) {
					for _, source := range usesOf(image) {
						mount := []Use{target, {Repository: source.Repository}}
						if target.Push && !source.Push && test.limit > 1 && g.find(mount) == nil {
							t.Errorf("no group has the scopes of a mount from %s to %s", source.Repository, target.Repository)
						}
					}
				}
			}
		})
	}
}

// A group whose token does not work has no effect on others, but two such groups have.
func TestApart(t *testing.T) {
	clientOf := func(images ...string) *client {
		c := &client{tokens: map[string]*tokenHolder{}}
		c.groups = &tokenGroups{limit: 2, of: map[name.Repository][]*tokenGroup{}}
		for _, image := range images {
			c.groups.add(usesOf(image))
		}
		return c
	}
	groupOf := func(c *client, uses string) *tokenGroup {
		_, group := c.tokenScopes(request{needs: usesOf(uses)})
		return group
	}
	c := clientOf("+a x", "+b y", "+c z")
	c.learnApart(request{needs: usesOf("x"), apart: true})
	if groupOf(c, "+a") != nil || groupOf(c, "+b") == nil {
		t.Error("one group is apart: others have to keep their token")
	}
	c.learnApart(request{needs: usesOf("+a"), apart: true})
	if groupOf(c, "+b") == nil {
		t.Error("two requests of one group say nothing about others")
	}
	if c.setApart(groupOf(c, "+b")); groupOf(c, "+c") != nil {
		t.Error("two groups are apart: no group has to have a token")
	}
	if c = clientOf("+a x"); groupOf(c, "+a x") == nil {
		t.Fatal("no group for a mount")
	}
	if c.shrinkGroups(2); groupOf(c, "+a x") != nil {
		t.Error("a token server that refuses two scopes has to get one")
	}
}
