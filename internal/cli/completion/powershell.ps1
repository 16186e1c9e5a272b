# PowerShell completion for manifest-tool. Load it with:
# manifest-tool completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName 'manifest-tool', 'manifest-tool.exe' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $elements = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition })
    $words = @($elements | ForEach-Object {
        $length = [Math]::Min($_.Extent.Text.Length, $cursorPosition - $_.Extent.StartOffset)
        $_.Extent.Text.Substring(0, $length).Trim('"', "'")
    })
    $program = $words[0]
    $before = @($words | Select-Object -Skip 1)
    $word = ''
    if ($before.Count -gt 0 -and $elements[-1].Extent.EndOffset -ge $cursorPosition) {
        $word = $before[-1]
        $before = @($before | Select-Object -SkipLast 1)
    }

    # PowerShell replaces only $wordToComplete, which may be the last part of the word.
    $cut = 0
    if ($wordToComplete -and $word.EndsWith($wordToComplete)) {
        $cut = $word.Length - $wordToComplete.Length
    }

    # Windows PowerShell drops an empty argument, so the word has a sign before it.
    & $program __complete @before "=$word" 2>$null | ForEach-Object {
        $value, $help = $_ -split "`t", 2
        if ($value -eq ':files' -or $value -eq ':dirs') {
            $path = $word.Substring($help.Length)
            [System.Management.Automation.CompletionCompleters]::CompleteFilename($path) | ForEach-Object {
                $text = ($help + $_.CompletionText).Substring($cut)
                [System.Management.Automation.CompletionResult]::new($text, $_.ListItemText, $_.ResultType, $_.ToolTip)
            }
        }
        elseif ($value -ne ':nospace') {
            if (-not $help) { $help = $value }
            [System.Management.Automation.CompletionResult]::new($value.Substring($cut), $value, 'ParameterValue', $help)
        }
    }
}
