from mingjing.command import main

main()
