// The site is made of the pages in docs. index.md is its table of contents: the sidebar is read from there.
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'

const docs = join(dirname(fileURLToPath(import.meta.url)), '..')
const repository = 'https://github.com/manifest-tool/manifest-tool'
// Folders of files that are no pages. They are copied as they are.
const folders = ['man', 'schema']

function sidebar() {
  const groups = []
  for (const line of readFileSync(join(docs, 'index.md'), 'utf8').split('\n')) {
    const heading = line.match(/^## (.*)/)
    const item = line.match(/^- \[(.*)\]\((.*)\)/)
    if (heading) groups.push({ text: heading[1], items: [] })
    if (item) groups.at(-1).items.push({ text: item[1], link: '/' + item[2] })
  }
  return groups
}

// verbatim keeps Vue from reading {{x}} in code within a sentence.
function verbatim(md) {
  const render = md.renderer.rules.code_inline
  md.renderer.rules.code_inline = (tokens, i, ...rest) => {
    tokens[i].attrSet('v-pre', '')
    return render(tokens, i, ...rest)
  }
}

// outside turns links to files of the repository, such as examples, into links to GitHub.
function outside(md) {
  md.core.ruler.push('outside', (state) => {
    const page = dirname(state.env.relativePath ?? 'index.md')
    for (const token of state.tokens.flatMap((t) => t.children ?? [])) {
      const href = token.type === 'link_open' && token.attrGet('href')
      if (!href || /^[a-z]+:|^[#/]/.test(href)) continue
      const path = posix.join('docs', page, href)
      if (!path.startsWith('docs/')) token.attrSet('href', `${repository}/blob/main/${path}`)
    }
  })
}

export default defineConfig({
  title: 'manifest-tool',
  description: 'Multi-platform container images from images for single platforms',
  outDir: '../dist/site',
  cacheDir: '../dist/site-cache',
  base: process.env.SITE_BASE ?? '/',
  cleanUrls: false,
  srcExclude: ['README.md', ...folders.map((f) => f + '/**')],
  ignoreDeadLinks: [/\/(man|schema)\//],
  markdown: {
    config(md) {
      verbatim(md)
      outside(md)
    },
  },
  themeConfig: {
    sidebar: sidebar(),
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: repository }],
    docFooter: { prev: false, next: false },
  },
  buildEnd({ outDir }) {
    for (const folder of folders) {
      if (existsSync(join(docs, folder))) cpSync(join(docs, folder), join(outDir, folder), { recursive: true })
    }
  },
})
