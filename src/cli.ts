process.stdout.write('peel\n')
