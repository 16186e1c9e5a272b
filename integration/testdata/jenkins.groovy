// Runs pipelines/jenkins/vars/manifestTool.groovy with steps as Jenkins has them: sh, withEnv, withCredentials,
// usernamePassword, error. Its arguments are the step, a folder to work in, and a file with a JSON list of options.
// It prints a JSON list with what each call returns and how many scripts it ran, or with its error.
import groovy.json.JsonOutput
import groovy.json.JsonSlurper

def (step, workspace, cases) = args
def environments = [[:]]
def scripts = 0

def within = { Map more, Closure body ->
  environments.push(more)
  try {
    return body()
  } finally {
    environments.pop()
  }
}

def steps = [
  error: { String message -> throw new RuntimeException(message) },
  withEnv: { List pairs, Closure body ->
    within(pairs.collectEntries { it.toString().split('=', 2) as List }, body)
  },
  usernamePassword: { Map login -> login },
  withCredentials: { List logins, Closure body ->
    assert logins[0].credentialsId == 'registry'
    within([(logins[0].usernameVariable): 'ci', (logins[0].passwordVariable): 'secret of ci'], body)
  },
  sh: { Map options ->
    scripts++
    def script = File.createTempFile('script', '.sh', new File(workspace))
    script.text = options.script
    script.executable = true
    def process = new ProcessBuilder(script.path).directory(new File(workspace))
    environments.reverse().each { more -> more.each { name, value -> process.environment()[name] = value.toString() } }
    def running = process.start()
    def stdout = new StringBuilder(), stderr = new StringBuilder()
    running.waitForProcessOutput(stdout, stderr)
    script.delete()
    if (running.exitValue() != 0) {
      throw new RuntimeException("script returned exit code ${running.exitValue()}\n${stdout}${stderr}")
    }
    options.returnStdout ? stdout.toString() : null
  },
]

def results = new JsonSlurper().parse(new File(cases)).collect { options ->
  scripts = 0
  try {
    def digest = new GroovyShell(new Binding(steps)).parse(new File(step)).call(options)
    [digest: digest, scripts: scripts]
  } catch (RuntimeException e) {
    [error: e.message]
  }
}
println JsonOutput.toJson(results)
